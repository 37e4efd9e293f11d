@NullMarked
package io.likeness.bench.engine.report;

import org.jspecify.annotations.NullMarked;
