@NullMarked
package io.likeness.standalone.sizing;

import org.jspecify.annotations.NullMarked;
