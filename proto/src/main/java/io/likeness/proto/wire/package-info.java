@NullMarked
package io.likeness.proto.wire;

import org.jspecify.annotations.NullMarked;
