@NullMarked
package io.likeness.standalone.cli;

import org.jspecify.annotations.NullMarked;
