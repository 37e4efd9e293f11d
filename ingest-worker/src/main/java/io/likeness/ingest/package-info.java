@NullMarked
package io.likeness.ingest;

import org.jspecify.annotations.NullMarked;
