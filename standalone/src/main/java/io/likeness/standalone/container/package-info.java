@NullMarked
package io.likeness.standalone.container;

import org.jspecify.annotations.NullMarked;
