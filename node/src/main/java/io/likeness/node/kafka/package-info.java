@NullMarked
package io.likeness.node.kafka;

import org.jspecify.annotations.NullMarked;
