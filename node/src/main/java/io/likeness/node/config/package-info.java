@NullMarked
package io.likeness.node.config;

import org.jspecify.annotations.NullMarked;
