@NullMarked
package io.likeness.ingest.intake;

import org.jspecify.annotations.NullMarked;
