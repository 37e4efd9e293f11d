package io.likeness.gateway.api;

import com.google.protobuf.ByteString;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.multipart.DefaultHttpDataFactory;
import io.netty.handler.codec.http.multipart.FileUpload;
import io.netty.handler.codec.http.multipart.HttpData;
import io.netty.handler.codec.http.multipart.HttpPostMultipartRequestDecoder;
import io.netty.handler.codec.http.multipart.HttpPostRequestDecoder;
import io.netty.handler.codec.http.multipart.InterfaceHttpData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A {@code multipart/form-data} body in its parts, read by Netty's decoder from memory to memory:
 * it is here whole already, and nothing of it ever becomes a file.
 */
record Multipart(Map<String, String> fields, Optional<ByteString> picture) {

  /** The part that holds the picture. */
  static final String PICTURE_PART = "file";

  private static final int PARTS_MAX = 64;
  private static final int FIELD_BYTES_MAX = 256 << 10;

  static Multipart read(ByteString body, String contentType) {
    DefaultHttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/");
    head.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
    HttpPostMultipartRequestDecoder decoder = null;
    try {
      decoder =
          new HttpPostMultipartRequestDecoder(
              new DefaultHttpDataFactory(false), head, StandardCharsets.UTF_8, PARTS_MAX, -1);
      decoder.offer(
          new DefaultLastHttpContent(Unpooled.wrappedBuffer(body.asReadOnlyByteBuffer())));
      return collect(decoder);
    } catch (HttpPostRequestDecoder.ErrorDataDecoderException
        | HttpPostRequestDecoder.TooManyFormFieldsException
        | HttpPostRequestDecoder.TooLongFormFieldException
        | IllegalArgumentException
        | IOException e) {
      throw ApiFault.invalid(
          "the body is no valid multipart/form-data: "
              + ApiFault.shown(String.valueOf(e.getMessage())));
    } finally {
      if (decoder != null) {
        decoder.destroy();
      }
    }
  }

  private static Multipart collect(HttpPostMultipartRequestDecoder decoder) throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    Optional<ByteString> picture = Optional.empty();
    for (InterfaceHttpData part : decoder.getBodyHttpDatas()) {
      if (!(part instanceof HttpData data)) {
        throw ApiFault.invalid(
            "part " + ApiFault.shown(part.getName()) + " is neither field nor file");
      }
      String name = part.getName();
      if (!data.isCompleted()) {
        throw ApiFault.invalid("part " + ApiFault.shown(name) + " is not complete");
      }
      if (name.equals(PICTURE_PART)) {
        if (picture.isPresent()) {
          throw ApiFault.invalid("part " + PICTURE_PART + " is there twice");
        }
        picture = Optional.of(ByteString.copyFrom(data.get()));
      } else if (part instanceof FileUpload) {
        throw ApiFault.invalid(
            "part " + ApiFault.shown(name) + " is a file; the picture's part is " + PICTURE_PART);
      } else if (data.length() > FIELD_BYTES_MAX) {
        throw ApiFault.invalid(
            "part "
                + ApiFault.shown(name)
                + " is "
                + data.length()
                + " bytes, at most "
                + FIELD_BYTES_MAX);
      } else if (fields.put(name, data.getString(StandardCharsets.UTF_8)) != null) {
        throw ApiFault.invalid("part " + ApiFault.shown(name) + " is there twice");
      }
    }
    return new Multipart(fields, picture);
  }
}
