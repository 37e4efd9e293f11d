@NullMarked
package io.likeness.standalone.duplicates;

import org.jspecify.annotations.NullMarked;
