@NullMarked
package io.likeness.node.process;

import org.jspecify.annotations.NullMarked;
