import com.google.gson.JsonObject;
import com.microsoft.azure.sdk.iot.device.ClientOptions;
import com.microsoft.azure.sdk.iot.device.DeviceClient;
import com.microsoft.azure.sdk.iot.device.InternalClient;
import com.microsoft.azure.sdk.iot.device.IotHubClientProtocol;
import com.microsoft.azure.sdk.iot.device.IotHubMessageResult;
import com.microsoft.azure.sdk.iot.device.IotHubStatusCode;
import com.microsoft.azure.sdk.iot.device.Message;
import com.microsoft.azure.sdk.iot.device.ModuleClient;
import com.microsoft.azure.sdk.iot.device.exceptions.IotHubClientException;
import com.microsoft.azure.sdk.iot.device.twin.DirectMethodPayload;
import com.microsoft.azure.sdk.iot.device.twin.DirectMethodResponse;
import com.microsoft.azure.sdk.iot.device.twin.Twin;
import com.microsoft.azure.sdk.iot.device.twin.TwinCollection;
import com.microsoft.azure.sdk.iot.service.messaging.FeedbackRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;

/** One device, or a module of one, and what its back end wants of it. */
final class HubDevice {
  /** Far beyond what an answer takes. */
  private static final int answerMs = 2000;

  private final String name;
  private final String deviceId;
  /** Null for a device. */
  private final String moduleId;
  private final IotHubClientProtocol protocol;
  private final BackEnd backEnd;
  private final InternalClient client;
  private final BlockingQueue<Message> mail = new LinkedBlockingQueue<>();
  private boolean abandoned;

  HubDevice(JsonObject order, String host, BackEnd backEnd) throws Exception {
    name = order.get("case").getAsString();
    deviceId = order.get("deviceId").getAsString();
    moduleId = order.has("moduleId") ? order.get("moduleId").getAsString() : null;
    protocol = IotHubClientProtocol.valueOf(order.get("transport").getAsString());
    this.backEnd = backEnd;
    client = clientOf(order, host);
  }

  /** Over HTTPS it asks for messages, by default every 25 minutes. */
  private InternalClient clientOf(JsonObject order, String host) throws Exception {
    ClientOptions options = ClientOptions.builder().receiveInterval(20).build();
    if (order.has("certificate"))
      return listening(new DeviceClient(host, deviceId, Credentials.x509(order), protocol, options));
    String connectionString = order.get("connectionString").getAsString();
    if (isModule()) return new ModuleClient(connectionString, protocol, options);
    return listening(new DeviceClient(connectionString, protocol, options));
  }

  private DeviceClient listening(DeviceClient client) {
    return client.setMessageCallback((message, context) -> settle(message), null);
  }

  /** As the message says; what is abandoned comes again. */
  private IotHubMessageResult settle(Message message) {
    mail.add(message);
    String text = textOf(message);
    if (text.startsWith("reject")) return IotHubMessageResult.REJECT;
    if (!text.startsWith("abandon") || abandoned) return IotHubMessageResult.COMPLETE;
    abandoned = true;
    return IotHubMessageResult.ABANDON;
  }

  boolean isModule() {
    return moduleId != null;
  }

  boolean overHttps() {
    return protocol == IotHubClientProtocol.HTTPS;
  }

  private boolean overMqtt() {
    return protocol == IotHubClientProtocol.MQTT || protocol == IotHubClientProtocol.MQTT_WS;
  }

  private void say(String what, Lines.Case body) {
    Lines.say(name + " " + what, body);
  }

  void opens() {
    say("opens", () -> {
      client.open(false);
      return true;
    });
  }

  void sends() {
    say("sends", () -> {
      Message message = new Message("{\"t\":1}");
      message.setMessageId("first");
      message.setContentType("application/json");
      message.setContentEncoding("utf-8");
      message.setProperty("a&key", "a/b&c=d");
      client.sendEvent(message);
      client.sendEvent(new Message("second"));
      return true;
    });
  }

  void sendsBatch() {
    say("sends a batch", () -> {
      client.sendEvents(List.of(new Message("one"), new Message("two")));
      return true;
    });
  }

  void hasATwin() {
    BlockingQueue<Twin> changes = new LinkedBlockingQueue<>();
    say("subscribes to its twin", () -> {
      client.subscribeToDesiredProperties((twin, context) -> changes.add(twin), null);
      return true;
    });
    say("reads its twin", () -> asking(() -> {
      Twin twin = client.getTwin(answerMs);
      return Map.of(
          "desired", twin.getDesiredProperties().getVersion(),
          "reported", twin.getReportedProperties().getVersion());
    }));
    say("reports", () -> report("temperature", Map.of("inside", 21)));
    say("reports what no twin may hold", () -> report("a.b", 1));
    say("is desired", () -> {
      backEnd.desire(deviceId, moduleId, "interval", 9);
      TwinCollection desired = Lines.next(changes).getDesiredProperties();
      return Map.of("interval", desired.get("interval"), "version", desired.getVersion());
    });
  }

  private static DirectMethodResponse answer(String method, DirectMethodPayload payload, Object context) {
    return new DirectMethodResponse(201, Map.of(method, payload.getPayloadAsJsonElement()));
  }

  private Object report(String property, Object value) throws Exception {
    TwinCollection reported = new TwinCollection();
    reported.put(property, value);
    return asking(() -> client.updateReportedProperties(reported, answerMs) != null);
  }

  /**
   * Now and then the client misses an answer, wherever it came from: one of its threads forgets who waits for it before
   * another has looked (IotHubTransport, onMessageReceived and acknowledgeReceivedMessage).
   */
  private static <T> T asking(Callable<T> question) throws Exception {
    for (int tries = 1; ; tries++) {
      try {
        return question.call();
      } catch (IotHubClientException error) {
        boolean isMissed = error.getStatusCode() == IotHubStatusCode.DEVICE_OPERATION_TIMED_OUT;
        if (!isMissed || tries == 8) throw error;
      }
    }
  }

  void isCalled() {
    say("is called", () -> {
      client.subscribeToMethods(HubDevice::answer, null);
      return backEnd.invoke(deviceId, moduleId, "reset", Map.of("k", List.of(1, "ä")));
    });
  }

  void hears() {
    List<String> letters = letters();
    say("hears", () -> {
      for (String letter : letters) backEnd.send(deviceId, letter + " " + name);
      Map<String, String> outcomes = new TreeMap<>();
      for (String letter : letters) {
        FeedbackRecord record = backEnd.nextFeedback();
        outcomes.put(record.getOriginalMessageId(), record.getDeviceId() + " " + record.getStatusCode());
      }
      return Map.of("outcomes", outcomes, "heard", heard());
    });
  }

  /** MQTT knows but one answer to a message; over HTTPS the client misspells that it rejects one (`%3Freject=true`). */
  private List<String> letters() {
    if (overMqtt()) return List.of("complete");
    return overHttps() ? List.of("complete", "abandon") : List.of("complete", "abandon", "reject");
  }

  private List<Map<String, String>> heard() {
    List<Message> messages = new ArrayList<>();
    mail.drainTo(messages);
    return messages.stream().map(HubDevice::said).toList();
  }

  private static Map<String, String> said(Message message) {
    return Map.of("text", textOf(message), "id", message.getMessageId(), "k&", message.getProperty("k&"));
  }

  private static String textOf(Message message) {
    return new String(message.getBytes(), Message.DEFAULT_IOTHUB_MESSAGE_CHARSET);
  }

  void close() {
    client.close();
  }
}
