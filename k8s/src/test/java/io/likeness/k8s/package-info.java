/** What the manifests promise, held against what Kubernetes and the roles read. */
@org.jspecify.annotations.NullMarked
package io.likeness.k8s;
