import com.google.gson.JsonObject;
import com.microsoft.azure.sdk.iot.provisioning.security.SecurityProviderX509;
import com.microsoft.azure.sdk.iot.provisioning.security.hsm.SecurityProviderX509Cert;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyFactory;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;

/** What a device comes with, out of the files of an order. */
final class Credentials {
  private Credentials() {}

  /** `certificate`: a chain in PEM, the device's own first; `key`: PKCS #8 in PEM, on a curve. */
  static SecurityProviderX509 x509(JsonObject order) throws Exception {
    List<X509Certificate> chain = chainOf(Path.of(order.get("certificate").getAsString()));
    Key key = keyOf(Path.of(order.get("key").getAsString()));
    return new SecurityProviderX509Cert(chain.get(0), key, chain.subList(1, chain.size()));
  }

  private static List<X509Certificate> chainOf(Path file) throws Exception {
    try (InputStream pem = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(pem).stream()
          .map(X509Certificate.class::cast)
          .toList();
    }
  }

  private static Key keyOf(Path file) throws Exception {
    String base64 = Files.readString(file).replaceAll("-----[^-]+-----|\\s", "");
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
  }
}
