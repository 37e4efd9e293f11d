/** The native REST API, {@code /api/v1}. */
@NullMarked
package io.likeness.gateway.api;

import org.jspecify.annotations.NullMarked;
