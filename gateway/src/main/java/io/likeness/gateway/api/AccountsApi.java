package io.likeness.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.gateway.auth.AccountBook;
import io.likeness.gateway.auth.Accounts;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.json.JsonBody;
import io.likeness.wire.AccessKey;
import io.likeness.wire.AccountRecord;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Accounts, for the administrator. */
final class AccountsApi {

  private final Accounts accounts;
  private final AccountBook book;

  AccountsApi(Accounts accounts, AccountBook book) {
    this.accounts = accounts;
    this.book = book;
  }

  List<Operation> operations() {
    return List.of(
        Operation.of("createAccount", "POST", "/api/v1/accounts", this::create),
        Operation.of("listAccounts", "GET", "/api/v1/accounts", this::list));
  }

  private ApiResponse create(Call call) {
    call.requireAdmin();
    call.query().done();
    ObjectReader body = Payload.object(call);
    String domain = name(body, "domain");
    String user = name(body, "user");
    Optional<String> password = body.text("password", 8, 128);
    boolean admin = body.flag("admin").orElse(false);
    body.done();
    return switch (accounts.create(domain, user, password, admin)) {
      case Accounts.AccountMade made ->
          ApiResponse.json(201, made.credentials().toJson()).with("Cache-Control", "no-store");
      case Accounts.AccountTaken taken ->
          throw new ApiFault(409, "name_taken", taken.what() + " belongs to another account");
    };
  }

  private static String name(ObjectReader body, String field) {
    String name =
        body.text(field, 1, 64).orElseThrow(() -> ApiFault.invalid(field + " is missing"));
    if (name.codePoints().anyMatch(Character::isISOControl)) {
      throw ApiFault.invalid(field + " holds control characters");
    }
    return name;
  }

  private ApiResponse list(Call call) {
    call.requireAdmin();
    call.query().done();
    ObjectNode answer = JsonBody.MAPPER.createObjectNode();
    ArrayNode list = answer.putArray("accounts");
    for (AccountRecord each : book.all()) {
      ObjectNode account = list.addObject();
      account
          .put("project_id", each.getProjectId())
          .put("domain", each.getDomain())
          .put("user", each.getUser())
          .put("admin", each.getAdmin())
          .put("created_at", Instant.ofEpochMilli(each.getCreatedAtMillis()).toString());
      ArrayNode keys = account.putArray("access_keys");
      each.getKeysList().stream().map(AccessKey::getAccess).forEach(keys::add);
    }
    return ApiResponse.json(200, answer.toString());
  }
}
