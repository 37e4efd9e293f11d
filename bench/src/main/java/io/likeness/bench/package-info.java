@NullMarked
package io.likeness.bench;

import org.jspecify.annotations.NullMarked;
