/** Alibaba Cloud Image Search, version 2020-12-14, in front of the library. */
@NullMarked
package io.likeness.gateway.alibaba;

import org.jspecify.annotations.NullMarked;
