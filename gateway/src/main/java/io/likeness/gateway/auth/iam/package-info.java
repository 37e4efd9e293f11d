@NullMarked
package io.likeness.gateway.auth.iam;

import org.jspecify.annotations.NullMarked;
