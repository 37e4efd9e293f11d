package io.likeness.gateway.http;

/** Answers one request. Called on a virtual thread of its own; may block. */
@FunctionalInterface
public interface ApiHandler {

  ApiResponse handle(ApiRequest request);
}
