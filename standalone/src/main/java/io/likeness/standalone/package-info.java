@NullMarked
package io.likeness.standalone;

import org.jspecify.annotations.NullMarked;
