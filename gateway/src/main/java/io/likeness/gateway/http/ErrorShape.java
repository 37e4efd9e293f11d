package io.likeness.gateway.http;

import io.vertx.core.json.JsonObject;

/** How an error of the server looks: each family of APIs has its own form. */
public enum ErrorShape {
  /** {@code {"error":{"code","message"}}}. */
  NATIVE {
    @Override
    ApiResponse answer(EdgeFault fault, String requestId) {
      return ApiResponse.json(
          fault.status(),
          new JsonObject()
              .put(
                  "error",
                  new JsonObject().put("code", fault.code()).put("message", fault.message()))
              .encode());
    }
  },
  /** {@code {"error_msg","error_code","request_id"}}, section 6 of the contract. */
  GATEWAY {
    @Override
    ApiResponse answer(EdgeFault fault, String requestId) {
      return ApiResponse.json(
          fault.gatewayStatus(),
          new JsonObject()
              .put("error_msg", fault.message())
              .put("error_code", fault.gatewayCode())
              .put("request_id", requestId)
              .encode());
    }
  },
  /** {@code {"RequestId","Code","Message"}}, as the APIs in RPC style have it. */
  RPC {
    @Override
    ApiResponse answer(EdgeFault fault, String requestId) {
      return RpcErrors.of(fault, requestId);
    }
  },
  /** {@code <Error>} in XML, for uploads. */
  UPLOAD {
    @Override
    ApiResponse answer(EdgeFault fault, String requestId) {
      return ObjectErrors.of(fault, requestId);
    }
  };

  /**
   * By the path's beginning: {@code /api} and the pages are ours, everything else is compatible.
   */
  static ErrorShape ofPath(String target) {
    String path = RawTarget.path(target);
    return path.startsWith("/api/") || path.equals("/") ? NATIVE : GATEWAY;
  }

  abstract ApiResponse answer(EdgeFault fault, String requestId);

  /** The answer with the headers the fault asks for. */
  public ApiResponse of(EdgeFault fault, String requestId) {
    ApiResponse answer = answer(fault, requestId);
    for (var header : fault.headers().entrySet()) {
      answer = answer.with(header.getKey(), header.getValue());
    }
    return answer;
  }
}
