import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.main.ServerRunner;
import software.amazon.dynamodb.services.local.server.DynamoDBProxyServer;

/**
 * Starts DynamoDB Local on 127.0.0.1 only, and ends with the process that started it.
 *
 * DynamoDB Local has no option for the address: it listens on every interface. So this takes the place of its `main`,
 * names the address before the server starts, prints the port, and then waits for the end of standard input: a pipe
 * from the parent, which the system closes however the parent ends. `make launcher` compiles it anew (needs a JDK).
 */
final class Launcher {
    public static void main(String[] arguments) throws Exception {
        DynamoDBProxyServer engine = ServerRunner.createServerFromCommandLineArgs(arguments);
        ServerConnector connector = connectorOf(engine);
        connector.setHost("127.0.0.1");
        connector.setPort(Integer.getInteger("port", 0));
        engine.safeStart();
        System.out.println("Listening on " + connector.getLocalPort());
        while (System.in.read() >= 0) { }
        // Not a halt, which would leave the native library of SQLite in the folder for temporary files each time.
        System.exit(0);
    }

    private static ServerConnector connectorOf(DynamoDBProxyServer engine) throws ReflectiveOperationException {
        var server = DynamoDBProxyServer.class.getDeclaredField("server");
        server.setAccessible(true);
        return (ServerConnector) ((Server) server.get(engine)).getConnectors()[0];
    }
}
