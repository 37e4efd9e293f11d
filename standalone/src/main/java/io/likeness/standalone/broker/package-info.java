@NullMarked
package io.likeness.standalone.broker;

import org.jspecify.annotations.NullMarked;
