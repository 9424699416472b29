import com.microsoft.azure.sdk.iot.service.exceptions.IotHubException;
import com.microsoft.azure.sdk.iot.service.messaging.AcknowledgementType;
import com.microsoft.azure.sdk.iot.service.messaging.DeliveryAcknowledgement;
import com.microsoft.azure.sdk.iot.service.messaging.FeedbackBatch;
import com.microsoft.azure.sdk.iot.service.messaging.FeedbackRecord;
import com.microsoft.azure.sdk.iot.service.messaging.IotHubServiceClientProtocol;
import com.microsoft.azure.sdk.iot.service.messaging.Message;
import com.microsoft.azure.sdk.iot.service.messaging.MessageFeedbackProcessorClient;
import com.microsoft.azure.sdk.iot.service.messaging.MessagingClient;
import com.microsoft.azure.sdk.iot.service.methods.DirectMethodRequestOptions;
import com.microsoft.azure.sdk.iot.service.methods.DirectMethodResponse;
import com.microsoft.azure.sdk.iot.service.methods.DirectMethodsClient;
import com.microsoft.azure.sdk.iot.service.twin.Twin;
import com.microsoft.azure.sdk.iot.service.twin.TwinClient;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** The service client as devices know it: it wants, calls, writes, and hears what became of its messages. */
final class BackEnd {
  private final TwinClient twins;
  private final DirectMethodsClient methods;
  private final MessagingClient messages;
  private final MessageFeedbackProcessorClient feedback;
  private final BlockingQueue<FeedbackRecord> records = new LinkedBlockingQueue<>();

  BackEnd(String connectionString, IotHubServiceClientProtocol protocol) throws Exception {
    twins = new TwinClient(connectionString);
    methods = new DirectMethodsClient(connectionString);
    messages = new MessagingClient(connectionString, protocol);
    feedback = new MessageFeedbackProcessorClient(connectionString, protocol, this::keep);
    messages.open();
    feedback.start();
  }

  private AcknowledgementType keep(FeedbackBatch batch) {
    records.addAll(batch.getRecords());
    return AcknowledgementType.COMPLETE;
  }

  /** `moduleId` is null for a device. */
  void desire(String deviceId, String moduleId, String name, Object value) throws IotHubException, IOException {
    Twin change = moduleId == null ? new Twin(deviceId) : new Twin(deviceId, moduleId);
    change.getDesiredProperties().put(name, value);
    twins.patch(change);
  }

  Map<String, Object> invoke(String deviceId, String moduleId, String method, Object payload)
      throws IotHubException, IOException {
    DirectMethodRequestOptions options = DirectMethodRequestOptions.builder()
        .payload(payload)
        .methodConnectTimeoutSeconds(10)
        .methodResponseTimeoutSeconds(20)
        .build();
    DirectMethodResponse response = moduleId == null
        ? methods.invoke(deviceId, method, options)
        : methods.invoke(deviceId, moduleId, method, options);
    return Map.of("status", response.getStatus(), "payload", response.getPayloadAsJsonElement());
  }

  /** The text is its id too. */
  void send(String deviceId, String text) throws Exception {
    Message message = new Message(text);
    message.setMessageId(text);
    message.setDeliveryAcknowledgement(DeliveryAcknowledgement.Full);
    message.setProperties(Map.of("k&", "v=/"));
    messages.send(deviceId, message);
  }

  FeedbackRecord nextFeedback() throws InterruptedException {
    return Lines.next(records);
  }

  void close() throws InterruptedException {
    messages.close();
    feedback.stop();
  }
}
