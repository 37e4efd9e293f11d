/** JSON as it comes from outside: bounded, strict, pictures decoded while it is read. */
@NullMarked
package io.likeness.gateway.json;

import org.jspecify.annotations.NullMarked;
