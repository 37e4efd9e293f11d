package io.likeness.gateway.alibaba;

import java.util.Optional;

/** The operations, and the one of another product that clients need to hand over a picture. */
public enum Action {
  ADD_IMAGE("AddImage"),
  UPDATE_IMAGE("UpdateImage"),
  DELETE_IMAGE("DeleteImage"),
  SEARCH_IMAGE_BY_PIC("SearchImageByPic"),
  SEARCH_IMAGE_BY_NAME("SearchImageByName"),
  SEARCH_IMAGE_BY_TEXT("SearchImageByText"),
  SEARCH_IMAGE_BY_FILTER("SearchImageByFilter"),
  CHECK_IMAGE_EXISTS("CheckImageExists"),
  COMPARE_SIMILAR_BY_IMAGE("CompareSimilarByImage"),
  DETAIL("Detail"),
  DUMP_META("DumpMeta"),
  DUMP_META_LIST("DumpMetaList"),
  INCREASE_INSTANCE("IncreaseInstance"),
  INCREASE_LIST("IncreaseList"),
  AUTHORIZE_FILE_UPLOAD("AuthorizeFileUpload");

  private static final String VERSION = "2020-12-14";
  private static final String OPEN_PLATFORM_VERSION = "2019-12-19";

  private final String text;

  Action(String text) {
    this.text = text;
  }

  public static Optional<Action> find(String name) {
    for (Action each : values()) {
      if (each.text.equals(name)) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /** For metrics and logs, and as it is called. */
  public String text() {
    return text;
  }

  String version() {
    return this == AUTHORIZE_FILE_UPLOAD ? OPEN_PLATFORM_VERSION : VERSION;
  }
}
