@NullMarked
package io.likeness.gateway.http;

import org.jspecify.annotations.NullMarked;
