@NullMarked
package io.likeness.node.cluster;

import org.jspecify.annotations.NullMarked;
