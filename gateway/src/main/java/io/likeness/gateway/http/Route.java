package io.likeness.gateway.http;

/** What is decided about a request from its line and headers, before its body is read. */
public sealed interface Route {

  /** Read the body up to this many bytes, then hand the request over. */
  record Take(long bodyBytesMax, ErrorShape errors, ApiHandler handler) implements Route {}

  /**
   * Hand the request over without its body, which is thrown away: the handler will say no whatever
   * it holds.
   */
  record Unread(ErrorShape errors, ApiHandler handler) implements Route {}

  /** Answer at once; the body, if any, is thrown away. */
  record Refuse(ErrorShape errors, EdgeFault fault) implements Route {}
}
