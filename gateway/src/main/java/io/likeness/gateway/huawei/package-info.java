@NullMarked
package io.likeness.gateway.huawei;

import org.jspecify.annotations.NullMarked;
