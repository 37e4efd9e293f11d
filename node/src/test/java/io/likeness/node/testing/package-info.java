@NullMarked
package io.likeness.node.testing;

import org.jspecify.annotations.NullMarked;
