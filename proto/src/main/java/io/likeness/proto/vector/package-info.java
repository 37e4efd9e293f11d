@NullMarked
package io.likeness.proto.vector;

import org.jspecify.annotations.NullMarked;
