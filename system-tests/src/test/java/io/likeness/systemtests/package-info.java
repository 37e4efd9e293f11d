@NullMarked
package io.likeness.systemtests;

import org.jspecify.annotations.NullMarked;
