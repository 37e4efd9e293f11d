package io.likeness.gateway.huawei;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class V1RouteTest {

  @ParameterizedTest
  @CsvSource({
    "POST, /v1/P/service, CREATE_INSTANCE, ''",
    "GET, /v1/P/service/demo, QUERY_INSTANCE, demo",
    "DELETE, /v1/P/service/demo, DELETE_INSTANCE, demo",
    "POST, /v1/P/demo/image, ADD_PICTURE, demo",
    "POST, /v1/P/demo/image/search, SEARCH_PICTURE, demo",
    "POST, /v1/P/demo/image/check, CHECK_PICTURE, demo",
    "PUT, /v1/P/demo/image, MODIFY_PICTURE, demo",
    "DELETE, /v1/P/demo/image, DELETE_PICTURE, demo",
    "POST, //v1/P/demo/image/search, SEARCH_PICTURE, demo",
    "POST, /v1/P/demo/image/search/, SEARCH_PICTURE, demo",
    "POST, /v1/P/%64emo/image, ADD_PICTURE, demo",
    "DELETE, /v1/P/service/image, DELETE_INSTANCE, image",
    "POST, /v1/P/service/image, ADD_PICTURE, service",
    "POST, /v1/P/service/image/search, SEARCH_PICTURE, service",
    "POST, /v1/P/image/image, ADD_PICTURE, image",
    "POST, /v1/P/..%2fother/image, ADD_PICTURE, ../other",
  })
  void findsTheOperation(String method, String path, V1Route.Operation operation, String instance) {
    assertThat(V1Route.find(method, path)).contains(new V1Route(operation, "P", instance));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /",
    "GET, ''",
    "GET, /v1",
    "GET, /v1/P",
    "GET, /v1/P/service",
    "PUT, /v1/P/service/demo",
    "POST, /v1/P/service/demo",
    "GET, /v1/P/demo/image",
    "PATCH, /v1/P/demo/image",
    "GET, /v1/P/demo/image/search",
    "DELETE, /v1/P/demo/image/check",
    "POST, /v1/P/demo/image/other",
    "POST, /v1/P/demo/image/search/deeper",
    "POST, /v1/P/demo/other",
    "POST, /v2/P/demo/image",
    "POST, /v1/P//image/",
    "post, /v1/P/demo/image",
    "POST, /V1/P/demo/image",
    "POST, /v1/P/../demo/image",
    "POST, /v1/P/demo%2fimage",
  })
  void findsNothingElse(String method, String path) {
    V1Route.find(method, path).ifPresent(found -> assertThat(found.instance()).isEmpty());
  }
}
