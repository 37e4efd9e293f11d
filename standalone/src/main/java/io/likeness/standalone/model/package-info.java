@NullMarked
package io.likeness.standalone.model;

import org.jspecify.annotations.NullMarked;
