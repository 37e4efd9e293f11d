package io.likeness.shard.index;

import io.likeness.wire.Text;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.cjk.CJKBigramFilter;
import org.apache.lucene.analysis.cjk.CJKWidthFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.CollectionStatistics;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.search.similarities.Similarity;

/**
 * Keywords and descriptions as words: how they are taken apart, and how well an image fits the
 * words asked for.
 *
 * <p><b>Words.</b> Texts are cut at the borders Unicode names, in lower case, without accents,
 * English word forms reduced to their stem. Chinese, Japanese and Korean have no borders: there
 * every two neighbouring characters are a word, and when stored every single one too, so that one
 * character can be asked for. That needs no dictionary, and nobody has to say which language a text
 * is in.
 *
 * <p><b>Score.</b> An image fits a keyword where it has all of its words, in its keywords or its
 * description; it fits a search where it fits one of the keywords. The score is BM25's, from 0 to
 * 1, every keyword with the same weight, with two things held fixed: how rare a word is does not
 * count, and the mean length is a constant. So the score of an image depends on nothing but the
 * image and the question. It is the same on every shard, and stays what it was while others come
 * and go: an order by score and id can be read on from any place in it, with nothing kept anywhere.
 */
final class Words {

  static final String FIELD = "words";

  /** Asked with, for the score of what a view finds. */
  static final Similarity SCORE =
      new BM25Similarity() {
        @Override
        protected float idf(long docFreq, long docCount) {
          return 1;
        }

        @Override
        protected float avgFieldLength(CollectionStatistics all) {
          return USUAL_LENGTH;
        }
      };

  static final Analyzer STORED = new Chain(true);

  /** Words an image usually has, between a few keywords and a sentence. */
  private static final float USUAL_LENGTH = 16;

  private static final Analyzer ASKED = new Chain(false);

  private static final FieldType TYPE = new FieldType();

  static {
    TYPE.setTokenized(true);
    TYPE.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
    TYPE.freeze();
  }

  private Words() {}

  private static final class Chain extends Analyzer {
    private final boolean singlesToo;

    Chain(boolean singlesToo) {
      this.singlesToo = singlesToo;
    }

    @Override
    protected TokenStreamComponents createComponents(String field) {
      Tokenizer words = new StandardTokenizer();
      int all =
          CJKBigramFilter.HAN
              | CJKBigramFilter.HIRAGANA
              | CJKBigramFilter.KATAKANA
              | CJKBigramFilter.HANGUL;
      TokenStream chain = new LowerCaseFilter(new CJKWidthFilter(words));
      chain = new CJKBigramFilter(chain, all, singlesToo);
      return new TokenStreamComponents(words, new PorterStemFilter(new ASCIIFoldingFilter(chain)));
    }
  }

  static void addTo(Document document, Text text) {
    for (String keyword : text.getKeywordsList()) {
      document.add(new Field(FIELD, keyword, TYPE));
    }
    if (!text.getDescription().isEmpty()) {
      document.add(new Field(FIELD, text.getDescription(), TYPE));
    }
  }

  /** Whether there is anything in it to be indexed. */
  static boolean isIn(Text text) {
    return text.getKeywordsCount() > 0 || !text.getDescription().isEmpty();
  }

  /** What fits one of these keywords at least; a keyword without a word fits nothing. */
  static Query anyOf(List<String> keywords) {
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    for (String keyword : keywords) {
      Set<String> words = of(keyword);
      if (words.isEmpty()) {
        continue;
      }
      BooleanQuery.Builder all = new BooleanQuery.Builder();
      for (String word : words) {
        all.add(new TermQuery(new Term(FIELD, word)), Occur.MUST);
      }
      float weight = 1f / (keywords.size() * words.size());
      any.add(new BoostQuery(all.build(), weight), Occur.SHOULD);
    }
    return any.build();
  }

  private static Set<String> of(String text) {
    Set<String> words = new LinkedHashSet<>();
    try (TokenStream stream = ASKED.tokenStream(FIELD, text)) {
      CharTermAttribute word = stream.addAttribute(CharTermAttribute.class);
      stream.reset();
      while (stream.incrementToken()) {
        words.add(word.toString());
      }
      stream.end();
    } catch (IOException e) {
      throw new UncheckedIOException("reading a text in memory failed", e);
    }
    return words;
  }
}
