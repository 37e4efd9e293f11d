@NullMarked
package io.likeness.ingest.publish;

import org.jspecify.annotations.NullMarked;
