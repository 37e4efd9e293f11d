@NullMarked
package io.likeness.bench.subjects;

import org.jspecify.annotations.NullMarked;
