package io.likeness.gateway.http;

/** Which part of the gateway answers what. Called on an event loop: must not block. */
@FunctionalInterface
public interface Router {

  Route route(String method, String rawPath, RequestHeaders headers);
}
