@NullMarked
package io.likeness.ingest.feature;

import org.jspecify.annotations.NullMarked;
