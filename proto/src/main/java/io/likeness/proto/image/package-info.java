@NullMarked
package io.likeness.proto.image;

import org.jspecify.annotations.NullMarked;
