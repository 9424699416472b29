import com.microsoft.azure.sdk.iot.provisioning.security.SecurityProviderTpm;
import com.microsoft.azure.sdk.iot.provisioning.security.exceptions.SecurityProviderException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;

/** A TPM that the test has: each question is a request to it, in base64. */
final class RemoteTpm extends SecurityProviderTpm {
  private final HttpClient client = HttpClient.newHttpClient();
  private final String url;
  private final String registrationId;

  RemoteTpm(String url, String registrationId) {
    this.url = url;
    this.registrationId = registrationId;
  }

  @Override
  public byte[] getEndorsementKey() throws SecurityProviderException {
    return ask("endorsementKey", new byte[0]);
  }

  @Override
  public byte[] getStorageRootKey() throws SecurityProviderException {
    return ask("storageRootKey", new byte[0]);
  }

  @Override
  public byte[] activateIdentityKey(byte[] blob) throws SecurityProviderException {
    return ask("activate", blob);
  }

  @Override
  public byte[] signWithIdentity(byte[] text) throws SecurityProviderException {
    return ask("sign", text);
  }

  @Override
  public String getRegistrationId() {
    return registrationId;
  }

  private byte[] ask(String what, byte[] bytes) throws SecurityProviderException {
    try {
      HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/" + what))
          .POST(HttpRequest.BodyPublishers.ofString(Base64.getEncoder().encodeToString(bytes)))
          .build();
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) throw new SecurityProviderException(answer.body());
      return Base64.getDecoder().decode(answer.body());
    } catch (IOException | InterruptedException error) {
      throw new SecurityProviderException(error);
    }
  }
}
