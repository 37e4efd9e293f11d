@NullMarked
package io.likeness.standalone.load;

import org.jspecify.annotations.NullMarked;
