import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** One JSON argument in; out, a line of JSON for each case, whatever came of it. */
final class Lines {
  interface Case {
    Object run() throws Exception;
  }

  private static final Gson gson = new GsonBuilder().disableHtmlEscaping().create();

  private Lines() {}

  static JsonObject orderOf(String[] args) {
    return JsonParser.parseString(args[0]).getAsJsonObject();
  }

  static void say(String name, Case body) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("case", name);
    try {
      line.put("result", body.run());
    } catch (Throwable error) {
      line.put("error", chainOf(error));
    }
    System.out.println(gson.toJson(line));
  }

  /** The next of what comes from another thread; a minute is far beyond what it takes. */
  static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    T came = queue.poll(60, TimeUnit.SECONDS);
    if (came == null) throw new IllegalStateException("nothing came");
    return came;
  }

  /** An exception and its causes, as `Class: message`. */
  private static List<String> chainOf(Throwable error) {
    List<String> chain = new ArrayList<>();
    for (Throwable at = error; at != null; at = at.getCause()) {
      chain.add(at.getClass().getSimpleName() + ": " + at.getMessage());
    }
    return chain;
  }
}
