@NullMarked
package io.likeness.node.meta;

import org.jspecify.annotations.NullMarked;
