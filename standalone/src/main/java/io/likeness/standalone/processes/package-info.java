@NullMarked
package io.likeness.standalone.processes;

import org.jspecify.annotations.NullMarked;
