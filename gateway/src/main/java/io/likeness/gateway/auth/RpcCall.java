package io.likeness.gateway.auth;

import com.google.protobuf.ByteString;
import io.likeness.gateway.http.ApiRequest;
import java.util.Locale;
import java.util.Optional;

/**
 * A call in Alibaba Cloud's RPC style as it came: every operation lies under {@code /}, its name is
 * a header (ACS3) or a parameter (version 1.0), its arguments are spread over query and form.
 *
 * @param arguments query and form together: which of them an argument stands in means nothing
 */
public record RpcCall(ApiRequest request, Parameters query, Parameters arguments) {

  public static final String ACTION_HEADER = "x-acs-action";
  static final String VERSION_HEADER = "x-acs-version";

  private static final String FORM = "application/x-www-form-urlencoded";

  /** Throws {@link IllegalArgumentException} with the reason where query or body are no such. */
  public static RpcCall read(ApiRequest request) {
    Parameters query = Parameters.ofQuery(request.rawQuery());
    return new RpcCall(request, query, query.and(form(request)));
  }

  private static Parameters form(ApiRequest request) {
    ByteString body = request.body();
    if (body.isEmpty()) {
      return Parameters.NONE;
    }
    String type = request.header("content-type").orElse(FORM).toLowerCase(Locale.ROOT);
    if (!type.split(";", 2)[0].strip().equals(FORM)) {
      throw new IllegalArgumentException("the body's Content-Type is not " + FORM);
    }
    return Parameters.ofForm(body);
  }

  /** Whether it is signed with version 1.0: then everything about it is a parameter. */
  boolean isVersion1() {
    return request.headers().first("authorization").isEmpty();
  }

  /** The operation's name, where the signature covers it; empty where none is named. */
  public String action() {
    return named(ACTION_HEADER, "Action");
  }

  /** The version of the API asked for. */
  public String version() {
    return named(VERSION_HEADER, "Version");
  }

  private String named(String header, String parameter) {
    Optional<String> named =
        isVersion1() ? arguments.text(parameter) : request.header(header).map(String::strip);
    return named.orElse("");
  }
}
