@NullMarked
package io.likeness.features.fetch;

import org.jspecify.annotations.NullMarked;
