@NullMarked
package io.likeness.standalone.client;

import org.jspecify.annotations.NullMarked;
