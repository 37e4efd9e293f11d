package io.likeness.gateway.huawei;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class V2RouteTest {

  @ParameterizedTest
  @CsvSource({
    "/v2/P/mms/demo/data/add, ADD_DATA, demo",
    "/v2/P/mms/demo/search, SEARCH, demo",
    "/v2/P/mms/demo/data/check, CHECK_DATA, demo",
    "/v2/P/mms/demo/data/update, UPDATE_DATA, demo",
    "/v2/P/mms/demo/data/delete, DELETE_DATA, demo",
    "//v2/P/mms/demo/search, SEARCH, demo",
    "/v2/P/mms/demo/search/, SEARCH, demo",
    "/v2/P/mms/%64emo/search, SEARCH, demo",
    "/v2/P/mms/search/search, SEARCH, search",
    "/v2/P/mms/..%2fother/search, SEARCH, ../other",
  })
  void findsTheOperation(String path, V2Route.Operation operation, String instance) {
    assertThat(V2Route.find("POST", path)).contains(new V2Route(operation, "P", instance));
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /",
    "POST, /v2/P/mms",
    "POST, /v2/P/mms/demo",
    "POST, /v2/P/mms/demo/data",
    "POST, /v2/P/mms/demo/add",
    "POST, /v2/P/mms/demo/data/search",
    "POST, /v2/P/mms/demo/data%2Fadd",
    "POST, /v2/P/mms/demo/search/deeper",
    "POST, /v2/P/image/demo/search",
    "POST, /v1/P/mms/demo/search",
    "GET, /v2/P/mms/demo/search",
    "PUT, /v2/P/mms/demo/data/update",
    "DELETE, /v2/P/mms/demo/data/delete",
    "post, /v2/P/mms/demo/search",
  })
  void findsNothingElse(String method, String path) {
    assertThat(V2Route.find(method, path)).isEmpty();
  }
}
