package io.likeness.gateway.alibaba;

import com.google.protobuf.ByteString;
import io.likeness.gateway.auth.MasterKey;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.http.ObjectErrors;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The way of the clients' stream methods: a client asks where to put its picture, puts it there,
 * and names the place in the call itself. The place is this gateway under its own name: clients
 * send to {@code <Bucket>.<Endpoint>}, so the first label of the host they know becomes the bucket.
 *
 * <p>The upload itself is not signed by the client. What it may do stands in a policy that we sign:
 * one key, of one project, for some minutes. An address in a call is never fetched: only its key
 * counts, and only where it was issued to the same project.
 */
public final class UploadDesk {

  /** From the authorization to the upload. */
  public static final Duration LIFE = Duration.ofMinutes(10);

  /** Of one file. */
  static final int FILE_BYTES_MAX = 4 << 20;

  /** Of an upload: the file and the fields around it. */
  public static final long BODY_BYTES_MAX = FILE_BYTES_MAX + (256L << 10);

  /** How the agents of clients end that upload by the scheme they call by. */
  private static final String OLDEST_CORE = "TeaDSL/1";

  private static final Pattern HOST =
      Pattern.compile("([A-Za-z0-9_-]{1,63})\\.([A-Za-z0-9._-]{1,253}(?::[0-9]{1,5})?)");
  private static final Pattern ADDRESS =
      Pattern.compile("(?:http|https)://[^/?#]+/+([0-9a-f]{32})(?:[?#].*)?");

  private final Uploads uploads;
  private final MasterKey masterKey;
  private final SecureRandom random;
  private final IntSupplier tlsPort;

  /**
   * @param tlsPort of this gateway; 0 where it has none
   */
  public UploadDesk(
      Uploads uploads, MasterKey masterKey, SecureRandom random, IntSupplier tlsPort) {
    this.uploads = uploads;
    this.masterKey = masterKey;
    this.random = random;
    this.tlsPort = tlsPort;
  }

  /** Leave to put down one file. */
  record Leave(String bucket, String endpoint, String key, String policy, String signature) {}

  /**
   * {@code host}: as the client knows us. All but the oldest clients upload by HTTPS, whatever they
   * were told to call by; so they hear of the port for that.
   */
  Leave leave(String projectId, String host, String userAgent, Instant now) throws RpcFault {
    String known = host.replaceFirst("(?i)^localhost(?=$|:)", "127.0.0.1");
    Matcher labels = HOST.matcher(known);
    if (!labels.matches()) {
      throw RpcFault.of(
          "InvalidHost",
          "host "
              + Arguments.shown(host)
              + " has no first label to be a bucket; use a name with a dot, or the address");
    }
    byte[] id = new byte[16];
    random.nextBytes(id);
    String key = HexFormat.of().formatHex(id);
    String said = projectId + " " + key + " " + now.plus(LIFE).toEpochMilli();
    String policy = Base64.getEncoder().encodeToString(said.getBytes(StandardCharsets.UTF_8));
    String endpoint = labels.group(2);
    int tls = tlsPort.getAsInt();
    if (tls > 0 && !userAgent.endsWith(OLDEST_CORE)) {
      endpoint = endpoint.split(":", 2)[0] + ":" + tls;
    }
    return new Leave(labels.group(1), endpoint, key, policy, signature(policy));
  }

  private String signature(String policy) {
    return Base64.getEncoder()
        .encodeToString(
            masterKey.sign(MasterKey.Purpose.UPLOADS, policy.getBytes(StandardCharsets.UTF_8)));
  }

  /** Takes an upload; whose it is stands in its policy. */
  public ApiResponse receive(ApiRequest request) {
    UploadForm form;
    try {
      form = UploadForm.read(request.body(), request.header("content-type").orElse(""));
    } catch (IllegalArgumentException e) {
      return refused(request, 400, "MalformedPOSTRequest", String.valueOf(e.getMessage()));
    }
    Map<String, String> fields = form.fields();
    String policy = fields.getOrDefault("policy", "");
    boolean ours =
        MessageDigest.isEqual(
            signature(policy).getBytes(StandardCharsets.UTF_8),
            fields.getOrDefault("Signature", "").getBytes(StandardCharsets.UTF_8));
    if (!ours) {
      return refused(request, 403, "SignatureDoesNotMatch", "the policy was not signed here");
    }
    String[] said =
        new String(Base64.getDecoder().decode(policy), StandardCharsets.UTF_8).split(" ", 3);
    String key = fields.getOrDefault("key", "");
    if (!key.equals(said[1])) {
      return refused(request, 403, "AccessDenied", "the policy is for another key");
    }
    if (request.receivedAt().toEpochMilli() > Long.parseLong(said[2])) {
      return refused(request, 403, "AccessDenied", "the policy has expired");
    }
    Optional<ByteString> file = form.file();
    if (file.isEmpty()) {
      return refused(request, 400, "MalformedPOSTRequest", "there is no part named file");
    }
    if (file.get().size() > FILE_BYTES_MAX) {
      return refused(
          request,
          400,
          "EntityTooLarge",
          "the file is " + file.get().size() + " bytes, at most " + FILE_BYTES_MAX);
    }
    uploads.put(said[0] + "/" + key, file.get());
    return stored(request, key, fields.getOrDefault("success_action_status", ""));
  }

  private static ApiResponse stored(ApiRequest request, String key, String wanted) {
    String host = request.header("host").orElse("");
    int status =
        switch (wanted) {
          case "200" -> 200;
          case "201" -> 201;
          default -> 204;
        };
    String text =
        status == 204
            ? ""
            : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Bucket>"
                + ObjectErrors.escaped(host.split("\\.", 2)[0])
                + "</Bucket><ETag>\""
                + key
                + "\"</ETag><Location>http://"
                + ObjectErrors.escaped(host)
                + "/"
                + key
                + "</Location><Key>"
                + key
                + "</Key></PostResponse>";
    return new ApiResponse(
        status,
        Map.of(ApiResponse.CONTENT_TYPE, ObjectErrors.XML, "ETag", '"' + key + '"'),
        ByteString.copyFromUtf8(text));
  }

  private static ApiResponse refused(ApiRequest request, int status, String code, String message) {
    return ObjectErrors.of(status, code, message, request.requestId());
  }

  /** The picture of an argument: base64, or the address of an upload of this project. */
  ByteString picture(Arguments arguments, String name, String projectId) throws RpcFault {
    ByteString value =
        arguments
            .bytes(name)
            .orElseThrow(() -> RpcFault.of("NoSpecified" + name, name + " is missing or empty"));
    ByteString start = value.substring(0, Math.min(value.size(), "https://".length()));
    ByteString picture =
        start.toStringUtf8().contains("://")
            ? uploaded(arguments.text(name, 1024, "InvalidPicUrl").orElseThrow(), projectId)
            : decoded(value, name);
    if (picture.isEmpty() || picture.size() > FILE_BYTES_MAX) {
      throw RpcFault.of(
          "Invalid" + name,
          "the picture of "
              + name
              + " has "
              + picture.size()
              + " bytes, not 1 to "
              + FILE_BYTES_MAX);
    }
    return picture;
  }

  private ByteString uploaded(String address, String projectId) throws RpcFault {
    Matcher matcher = ADDRESS.matcher(address);
    Optional<ByteString> file =
        matcher.matches() ? uploads.find(projectId + "/" + matcher.group(1)) : Optional.empty();
    return file.orElseThrow(
        () ->
            RpcFault.of(
                "InvalidPicUrl",
                Arguments.shown(address)
                    + " is no upload of the last "
                    + LIFE.toMinutes()
                    + " minutes; other addresses are not fetched"));
  }

  private static ByteString decoded(ByteString base64, String name) throws RpcFault {
    try {
      return ByteString.copyFrom(Base64.getDecoder().decode(base64.toByteArray()));
    } catch (IllegalArgumentException e) {
      throw RpcFault.of("Invalid" + name, name + " is neither base64 nor the address of an upload");
    }
  }
}
