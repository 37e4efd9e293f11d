package io.likeness.gateway.api;

import io.likeness.gateway.http.ApiResponse;

/**
 * One operation of the API, under the id the OpenAPI document gives it.
 *
 * @param picture whether its body may be a picture and so as large as one
 */
record Operation(String id, String method, PathTemplate path, boolean picture, Handler handler) {

  /** Answers a call; throws {@link ApiFault} to say no. */
  @FunctionalInterface
  interface Handler {
    ApiResponse answer(Call call);
  }

  static Operation of(String id, String method, String path, Handler handler) {
    return new Operation(id, method, PathTemplate.of(path), false, handler);
  }

  static Operation withPicture(String id, String method, String path, Handler handler) {
    return new Operation(id, method, PathTemplate.of(path), true, handler);
  }
}
