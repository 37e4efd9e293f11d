@NullMarked
package io.likeness.gateway.auth;

import org.jspecify.annotations.NullMarked;
